"""Items, prices, customers, suppliers and coming goods, from CSV files and a person's word."""
