"""What a stack file may say: one frozen schema; an unknown key, a wrong type or a clash refuses."""
