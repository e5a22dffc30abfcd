"""The addresses that notifications carry: targets that producers name, and signed links to unsubscribe.

May touch models, settings and the words at the top. It asks neither AWS nor the database.
"""
