"""Who may do what. Actors and actions are explicit, rules stand in one policy table, the gate asks it.

Nothing here trusts a caller: no rule means nobody, and None is never an actor.
"""
