"""How deliveries are prepared, batched, scheduled, retried and stopped by a circuit breaker."""
