"""What warehouses and suppliers are asked, what they say they shipped, and the 856 that follows."""
