"""Who may write: tokens, browsers signed in with one, and the record of what was written.

Tables: `tokens`, `browser_sessions`, `audit_events`, `sent_once`.

Entry points: `queries.find_actor`, `browsers.find_browser`, `cookies.page_actor`, `actions.create_token`,
`audit.record`, `commands.token_app`, `commands.audit_command`, `routes.router` (the trail, for administrators).
"""
