"""The audit log: who did what with which right, in a chain that shows every change."""
