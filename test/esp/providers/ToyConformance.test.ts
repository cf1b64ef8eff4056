import { providerSuite } from "../../support/esp/ProviderSuite.ts"
import { toySubject } from "../../support/esp/toy/ToySubject.ts"

providerSuite(toySubject)
