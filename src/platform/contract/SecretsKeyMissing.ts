import { Problem } from "./Problem.ts"

/** 501: what was asked for stores something encrypted, and there is no key to encrypt it with. */
export class SecretsKeyMissing extends Problem<SecretsKeyMissing>()("SecretsKeyMissing", {
  name: "secrets-key-missing",
  status: 501,
  title: "The service has no key to keep secrets with",
  explanation:
    "What was asked for is stored encrypted, and `SECRETS_KEY` is not set. With the embedded database the service makes a key by itself; beside another one the operator sets it: `openssl rand -base64 32`, the same for every replica."
}) {}
