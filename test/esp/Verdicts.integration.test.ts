import { toySubject } from "../support/esp/toy/ToySubject.ts"
import { verdictsProperty } from "../support/esp/VerdictsProperty.ts"

verdictsProperty(toySubject)
