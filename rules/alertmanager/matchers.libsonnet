// Matchers of labels: { name, matchType, value }, as AlertmanagerConfig objects have them.
local letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_';
local digits = '0123456789';
local only(text, allowed) = text != '' && std.all([std.member(allowed, c) for c in std.stringChars(text)]);

// A value between quotes, \" and \\ being all there is of escapes; null if it is something else.
local unquoted(text) =
  local inner = std.substr(text, 1, std.length(text) - 2);
  local rest = std.strReplace(std.strReplace(inner, '\\\\', ''), '\\"', '');
  local forbidden = std.filter(function(c) c == '"' || c == '\\' || std.codepoint(c) < 32, std.stringChars(rest));
  if std.length(text) >= 2 && std.endsWith(text, '"') && forbidden == [] then std.parseJson(text);

local value(text) =
  if std.startsWith(text, '"') then unquoted(text)
  else if only(text, letters + digits + '-.:/') then text;

{
  // A matcher as one writes it: team="x", owner=~"a|b", container!=sidecar; null if it is none.
  parsed(text)::
    local operator = std.filter(function(i) std.member('=!', text[i]), std.range(0, std.length(text) - 1));
    if operator != [] then
      local at = operator[0];
      local two = std.substr(text, at, 2);
      local matchType = if std.member(['=~', '!~', '!='], two) then two else text[at];
      local name = std.trim(std.substr(text, 0, at));
      local said = value(std.trim(text[at + std.length(matchType):]));
      if only(name, letters + digits) && only(name[0], letters) && matchType != '!' && said != null
      then { name: name, matchType: matchType, value: said },

  // As alertmanager.yml has it.
  written(matcher):: matcher.name + matcher.matchType + std.escapeStringJson(matcher.value),

  equal(label, literal):: { name: label, matchType: '=', value: literal },

  // One of several literal values; none of them has a character that means something in a regular expression.
  oneOf(label, literals)::
    if std.length(literals) == 1 then self.equal(label, literals[0])
    else { name: label, matchType: '=~', value: std.join('|', literals) },
}
