-- Counts one more if every quota allows it. The same as _quota.py, in one round trip.
-- KEYS: one for each quota, all of one slot. ARGV: amount, span and step of each, times in ms.
-- Returns 1 or 0, then used and wait of each.
local clock = redis.call('time')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function number(value)
  return string.format('%.0f', value)
end

local quotas = {}
for i, key in ipairs(KEYS) do
  quotas[i] = {
    key = key,
    amount = tonumber(ARGV[3 * i - 2]),
    span = tonumber(ARGV[3 * i - 1]),
    step = tonumber(ARGV[3 * i]),
  }
end

local allowed = 1
for _, quota in ipairs(quotas) do
  quota.used = 0
  quota.first = now - quota.span
  local steps = redis.call('hgetall', quota.key)
  for j = 1, #steps, 2 do
    local last = tonumber(steps[j])
    if last + quota.span <= now then
      redis.call('hdel', quota.key, steps[j])
    else
      quota.first = quota.used == 0 and last or math.min(quota.first, last)
      quota.used = quota.used + tonumber(steps[j + 1])
    end
  end
  if quota.used >= quota.amount then
    allowed = 0
  end
end

local answer = { allowed }
for _, quota in ipairs(quotas) do
  if allowed == 1 then
    local last = math.ceil(now / quota.step) * quota.step
    redis.call('hincrby', quota.key, number(last), 1)
    redis.call('pexpire', quota.key, number(last + quota.span - now))
    quota.first = quota.used == 0 and last or quota.first
    quota.used = quota.used + 1
  end
  table.insert(answer, quota.used)
  table.insert(answer, quota.first + quota.span - now)
end
return answer
