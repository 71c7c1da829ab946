"""What customers are told of an order: 855, 870 and the words of a status page."""
