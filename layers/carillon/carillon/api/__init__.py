"""HTTP only: the resolver, who asks, how answers and errors look.

May touch models, settings and the words at the top. No room imports this one: only handlers do.
"""
