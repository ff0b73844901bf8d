"""What the appliance says and does at the prompt, one command family a file.

Knows nothing of the channel that a command line arrives on.
"""
