// Parley over PostgreSQL.
import { adapter } from './adapter.mjs'
export default adapter('parley over postgres', 18097)
