"""What a node is: its store, certificates, trust, HA machine, logs and peers.

Knows nothing of prompts, pages or the lab around the node.
"""
