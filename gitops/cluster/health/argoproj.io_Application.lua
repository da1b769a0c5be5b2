-- The health of an Application in Argo CD: without a rule it has none, and no wave waits for it.
-- For argocd-cm, under the key resource.customizations.health.argoproj.io_Application.

local health = obj.status ~= nil and obj.status.health or nil
if health == nil or health.status == nil then
  return { status = "Progressing", message = "Argo CD has not looked at it yet" }
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
