# An API with a role, a daemon that is granted it, and the three ways in which the daemon can sign in.
# README.md beside this file says how to apply it.

terraform {
  required_version = ">= 1.5"
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
  }
}

# Where the server is and who asks is in the environment: see README.md.
provider "azuread" {}

data "azuread_client_config" "current" {}

# The API: what other applications ask tokens for.

locals {
  # Any GUID that is unique in the application; it stays when the role is renamed.
  orders_read_id = "6f0f9d2b-59a3-4d2e-8c53-7c1d0d4f2a11"
}

resource "azuread_application" "orders" {
  display_name    = "Orders API"
  identifier_uris = ["api://orders.${var.domain}"]
  owners          = [data.azuread_client_config.current.object_id]

  api {
    requested_access_token_version = 2
  }

  app_role {
    id                   = local.orders_read_id
    value                = "Orders.Read.All"
    display_name         = "Read all orders"
    description          = "Read every order of every customer."
    allowed_member_types = ["Application"]
  }
}

resource "azuread_service_principal" "orders" {
  client_id = azuread_application.orders.client_id
  owners    = [data.azuread_client_config.current.object_id]
  # Without the role there is no token.
  app_role_assignment_required = true
}

# The daemon: a client of that API and of Microsoft Graph.

data "azuread_service_principal" "graph" {
  client_id = "00000003-0000-0000-c000-000000000000"
}

resource "azuread_application" "daemon" {
  display_name = "Report daemon"
  owners       = [data.azuread_client_config.current.object_id]

  required_resource_access {
    resource_app_id = azuread_application.orders.client_id
    resource_access {
      id   = local.orders_read_id
      type = "Role"
    }
  }

  required_resource_access {
    resource_app_id = data.azuread_service_principal.graph.client_id
    resource_access {
      id   = data.azuread_service_principal.graph.app_role_ids["User.Read.All"]
      type = "Role"
    }
  }
}

resource "azuread_service_principal" "daemon" {
  client_id = azuread_application.daemon.client_id
  owners    = [data.azuread_client_config.current.object_id]
}

# What an administrator's consent does elsewhere: the roles are granted.

resource "azuread_app_role_assignment" "orders_read" {
  app_role_id         = azuread_service_principal.orders.app_role_ids["Orders.Read.All"]
  principal_object_id = azuread_service_principal.daemon.object_id
  resource_object_id  = azuread_service_principal.orders.object_id
}

resource "azuread_app_role_assignment" "user_read" {
  app_role_id         = data.azuread_service_principal.graph.app_role_ids["User.Read.All"]
  principal_object_id = azuread_service_principal.daemon.object_id
  resource_object_id  = data.azuread_service_principal.graph.object_id
}

# A secret, a certificate and a trusted pipeline; one of them is enough.

resource "azuread_application_password" "daemon" {
  application_id = azuread_application.daemon.id
  display_name   = "terraform"
}

resource "azuread_application_certificate" "daemon" {
  count          = var.certificate_file == null ? 0 : 1
  application_id = azuread_application.daemon.id
  type           = "AsymmetricX509Cert"
  value          = file(var.certificate_file)
}

resource "azuread_application_federated_identity_credential" "pipeline" {
  application_id = azuread_application.daemon.id
  display_name   = "deployment"
  description    = "The deployment workflow of the orders repository."
  issuer         = "https://token.actions.githubusercontent.com"
  subject        = "repo:contoso/orders:environment:Production"
  audiences      = ["api://AzureADTokenExchange"]
}
