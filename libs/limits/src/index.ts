export { openPlanBook, type PlanBook, type PlanBookOptions } from './plan-book.js';
export { readPlanFile } from './read-plan-file.js';
export { assignPlan, readPlans, seedPlans, setPlans, type StoredPlans } from './stored-plans.js';
export { openTurns, type NoTurn, type Turn, type Turns, type TurnsOptions } from './turns.js';
