variable "domain" {
  description = "A verified domain of the tenant; the name of the API ends in it."
  type        = string
  default     = "contoso.example"
}

variable "certificate_file" {
  description = "A certificate in PEM with which the daemon may sign in, if any."
  type        = string
  default     = null
}
