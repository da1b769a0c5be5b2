-- The health of an Application in Argo CD: without a rule it has none, and no wave waits for it.
-- For argocd-cm, under the key resource.customizations.health.argoproj.io_Application.

local health = obj.status ~= nil and obj.status.health or nil
if health == nil or health.status == nil then
  return { status = "Progressing", message = "Argo CD has not looked at it yet" }
end
-- A wave waits until all in it is Healthy, and nothing newer is synced meanwhile: what is frozen
-- would keep the commit that ends its freeze away.
local policy = obj.spec ~= nil and obj.spec.syncPolicy or {}
if health.status == "Suspended" or (policy.automated == nil and health.status ~= "Degraded") then
  return { status = "Healthy", message = "It is frozen: nothing is applied" }
end
-- A new Application is Healthy while nothing of it is there.
local sync = obj.status.sync
if health.status == "Healthy" and (sync == nil or sync.status == nil) then
  return { status = "Progressing", message = "Argo CD has not compared it yet" }
end
local operation = obj.status.operationState
if health.status == "Healthy" and operation == nil and sync.status == "OutOfSync" then
  return { status = "Progressing", message = "It has not been synced yet" }
end
return { status = health.status, message = health.message or "" }
