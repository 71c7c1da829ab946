"""The way in: from an inbox, a server, a portal or a clerk into a judgment and the book.

What a document means for the book is the business of the folders below.
"""
