"""What tests are made with: a shop and its people, what they pay, and how long it is waited for."""
