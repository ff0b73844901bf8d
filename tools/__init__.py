"""What is put together from the floors below: the `tofulab` command and the lab.

The only floor that may import all others.
"""
