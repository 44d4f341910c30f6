// Globs of names as Alertmanager's regular expressions, which it anchors at both ends: * any run, ? any one character.
{
  local allowed = std.set(std.stringChars('abcdefghijklmnopqrstuvwxyz0123456789-.*?')),

  // Whether it is a name of Kubernetes, or a glob of such names.
  valid(glob):: glob != '' && std.setDiff(std.set(std.stringChars(glob)), allowed) == [],

  // Whether it is a name, and so stands for itself alone.
  exact(glob):: !std.member(glob, '*') && !std.member(glob, '?'),

  local regex(glob) = std.strReplace(std.strReplace(std.strReplace(glob, '.', '\\.'), '*', '.*'), '?', '.'),

  // [] for no glob, else one matcher of the label, in a list.
  matcher(label, globs)::
    if globs == [] then []
    else if std.length(globs) == 1 && self.exact(globs[0]) then [{ name: label, matchType: '=', value: globs[0] }]
    else [{ name: label, matchType: '=~', value: std.join('|', std.map(regex, globs)) }],
}
