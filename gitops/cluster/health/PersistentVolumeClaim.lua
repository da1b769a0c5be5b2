-- The health of a claim in Argo CD: one that waits for its first pod is well.
-- For argocd-cm, under the key resource.customizations.health.PersistentVolumeClaim. Without it a
-- sync whose Job is refused waits for the Job's claim without end: it neither fails, nor is tried
-- again, nor makes way for a commit that mends it. Whatever needs the claim still shows that it
-- waits.

local phase = obj.status ~= nil and obj.status.phase or "Pending"

if phase == "Lost" then
  return { status = "Degraded", message = "Its volume is gone" }
end
if phase == "Pending" then
  return { status = "Healthy", message = "It gets its volume when a pod needs it" }
end
return { status = "Healthy" }
