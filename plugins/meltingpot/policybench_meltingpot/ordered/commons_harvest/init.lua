-- Melting Pot's own level, with tables walked in a fixed order. LuaJIT's own order differs from engine to engine,
-- and so would everything that is drawn while a table is walked, whatever the seed.
local native = pairs

local function before(a, b)
  if type(a) == type(b) then return a < b end
  return type(a) == 'number'
end

function pairs(t)
  local metatable = getmetatable(t)
  if type(t) ~= 'table' or (metatable and metatable.__pairs) then return native(t) end
  local keys = {}
  for key in native(t) do
    if type(key) ~= 'number' and type(key) ~= 'string' then return native(t) end
    keys[#keys + 1] = key
  end
  table.sort(keys, before)
  local i = 0
  return function()
    i = i + 1
    while keys[i] ~= nil and rawget(t, keys[i]) == nil do i = i + 1 end
    if keys[i] ~= nil then return keys[i], rawget(t, keys[i]) end
  end
end

package.preload.components = function() return require 'meltingpot.lua.levels.commons_harvest.components' end
return require 'meltingpot.lua.levels.commons_harvest.init'
