"""A command line as network appliances have it, over SSH.

Knows no product command and no database.
"""
