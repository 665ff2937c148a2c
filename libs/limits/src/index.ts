export { openPlanBook, type PlanBook, type PlanBookOptions } from './plan-book.js';
export { readPlanFile } from './read-plan-file.js';
export { assignPlan, readPlans, seedPlans, setPlans, type StoredPlans } from './stored-plans.js';
