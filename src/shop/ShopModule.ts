import { defineModule } from "../Module.ts"
import { AddressFormatsApi } from "./AddressFormatsApi.ts"
import * as ShopHttp from "./ShopHttp.ts"

/** The shop: so far, how addresses of each country are written. */
export const ShopModule = defineModule({
  name: "shop",
  optional: { needs: [] },
  groups: [AddressFormatsApi],
  publicOperations: ["addressFormats.get"],
  http: ShopHttp.layer
})
