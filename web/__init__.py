"""What a node serves on 443 and 8082.

Knows nothing of prompts or of the lab around the node.
"""
