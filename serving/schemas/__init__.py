"""Requests, answers and their description: OpenAPI, Swagger 2.0, Postman."""
