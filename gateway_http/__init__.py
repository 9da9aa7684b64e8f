"""The HTTP gateway: the JSON API and the interfaces of partners, advertisers and the operator."""
