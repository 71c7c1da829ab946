"""An order in our terms: items, units, places, money, and what holds it.

Taking one into the book is `intake.take_order`; changing one is `changes`.
"""
