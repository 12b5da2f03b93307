"""What a listener is asked and how it answers, without a socket: addresses, rules, behaviours."""
