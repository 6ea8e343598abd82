"""Who may write: tokens (table `tokens`) and the record of what was written (table `audit_events`).

Entry points: `queries.find_actor`, `actions.create_token`, `audit.record`, `commands.token_app`,
`commands.audit_command`, `routes.router` (the trail, for administrators).
"""
