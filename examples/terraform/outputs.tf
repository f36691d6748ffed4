output "tenant_id" {
  value = data.azuread_client_config.current.tenant_id
}

output "client_id" {
  value = azuread_application.daemon.client_id
}

output "client_secret" {
  value     = azuread_application_password.daemon.value
  sensitive = true
}

output "scope" {
  description = "What the daemon asks a token for."
  value       = "${one(azuread_application.orders.identifier_uris)}/.default"
}
