// Parley with its cache of answers: the load generator asks each question many times.
import { adapter } from './adapter.mjs'
export default adapter('parley repeated', 18095)
