"""The console, the status pages and the API: the same calls as the command line, in a browser.

Pages read with `store/`, acts are those of `pipeline/`; nothing is decided here. How a page is
made stands in docs/console.md.
"""
