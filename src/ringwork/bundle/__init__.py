"""From intent to what gateways load: content-addressed bundles and one signed manifest per revision."""
