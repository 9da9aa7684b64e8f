"""What crosses a boundary: errors, RPC items, events, and the typed client of each service. Imports nothing of ours."""
