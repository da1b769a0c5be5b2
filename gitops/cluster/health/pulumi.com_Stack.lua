-- The health of an operator Stack in Argo CD: Healthy only when an update has applied it.
-- For argocd-cm, under the key resource.customizations.health.pulumi.com_Stack; Argo CD gives such
-- rules no string library.

local function health(status, message)
  return { status = status, message = message }
end

local function said(condition, otherwise)
  if condition == nil then
    return otherwise
  end
  if condition.message == nil or condition.message == "" then
    return condition.reason or otherwise
  end
  return (condition.reason or condition.type) .. ": " .. condition.message
end

if obj.metadata.deletionTimestamp ~= nil then
  return health("Progressing", "It is being deleted")
end

local status = obj.status
if status == nil or status.conditions == nil then
  return health("Progressing",
    "The operator has not looked at it yet; if this lasts, it may not read the Stack's source")
end

-- Until the operator has seen this generation, its conditions speak of an older one.
if status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "The operator has not looked at the newest change yet")
end

local conditions = {}
for _, condition in ipairs(status.conditions) do
  conditions[condition.type] = condition
end
local function holds(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end

if holds("Stalled") then
  return health("Degraded", said(conditions.Stalled, "It is stalled"))
end
if holds("Reconciling") then
  return health("Progressing", said(conditions.Reconciling, "It is being updated"))
end
if not holds("Ready") then
  return health("Progressing", said(conditions.Ready, "It is not ready"))
end

-- A preview is Ready as well, with nothing applied.
local spec = obj.spec or {}
local last = status.lastUpdate or {}
if last.type ~= "up" then
  if spec.preview then
    return health("Suspended", "It only previews, as spec.preview says; nothing is applied")
  end
  return health("Progressing", "The last run was " .. (last.type or "none") .. ", not an update")
end

local done = last.lastSuccessfulCommit
if done == nil or done == "" then
  return health("Progressing", "No commit has been applied yet")
end
local wanted = spec.commit or last.lastAttemptedCommit or done
if wanted ~= "" and wanted ~= done then
  return health("Progressing", "Commit " .. done .. " is applied, " .. wanted .. " is wanted")
end
return health("Healthy", "Commit " .. done .. " is applied")
