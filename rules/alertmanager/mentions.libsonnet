// Who is called, as Slack's message text has it: '@here', a group's id S..., a user's id U... or W...
{
  local everyone = { '@here': '<!here>', '@channel': '<!channel>', '@everyone': '<!everyone>' },
  local ids = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  local id(text) = std.length(text) > 1 && std.all([std.member(ids, c) for c in std.stringChars(text)]),

  valid(mention):: std.isString(mention)
                   && (mention in everyone || (id(mention) && std.member('SUW', mention[0]))),

  local written(mention) =
    if mention in everyone then everyone[mention]
    else if mention[0] == 'S' then '<!subteam^%s>' % mention
    else '<@%s>' % mention,

  // Only when something fires: an end calls nobody.
  text(mentions)::
    if mentions == [] then ''
    else '{{ if eq .Status "firing" }}%s{{ end }}' % std.join(' ', std.map(written, mentions)),
}
