/** The failures of tasks that an integration does, for the `errors` of their kind. Clients load this file. */
export const httpErrors = {
  "integration-unreachable": "The integration could not be reached.",
  "integration-unavailable": "The integration broke the connection off, or answered that it cannot do it now.",
  "integration-busy": "The integration takes no more requests for now.",
  "integration-timeout": "The integration took too long.",
  "integration-circuit-open": "The integration has failed so often that it is left alone for a moment.",
  "integration-rejected": "The integration refused the task.",
  "integration-misconfigured": "The integration's settings are wrong: an operator has to look.",
  "answer-too-large": "The integration's answer is larger than its settings allow.",
  "answer-unexpected": "The integration's answer is none that a task can have.",
  "answer-not-json": "The integration's answer is not JSON.",
  "answer-invalid": "The integration's answer is not what the kind of task promises.",
  "service-unavailable": "The service's own database did not answer."
} as const

export type HttpError = keyof typeof httpErrors
