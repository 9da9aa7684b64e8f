"""The SMPP gateway: takes messages in, sends them to operators, brings receipts back."""
