"""A lab of Cisco Prime Infrastructure and ISE appliances that you reach by SSH."""

__version__ = "0.1.0"
