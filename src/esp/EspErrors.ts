import { Problem } from "../platform/contract/Problem.ts"

/** 404: no ESP connection has this name. */
export class EspNotFound extends Problem<EspNotFound>()("EspNotFound", {
  name: "esp-not-found",
  status: 404,
  title: "There is no such ESP connection",
  explanation:
    "No ESP connection of the settings (`ESP_CONNECTIONS`) has this name. `GET /api/v1/esps` lists those that there are."
}) {}
