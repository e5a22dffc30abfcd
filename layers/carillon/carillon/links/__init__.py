"""The links in notifications: targets that producers choose, and signed links to unsubscribe.

May import models, settings and the top level. It calls neither AWS nor the database.
"""
