"""What a stack may use of its namespace, and how much its objects ask for."""
