"""What is there: counts, receipts, adjustments, goods to come, and what they take back.

Imports nothing but `frame`: a document about stock knows no order.
"""
