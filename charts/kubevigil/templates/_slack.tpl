{{- /*
AlertmanagerConfig objects, from the list `slack`. They are those that rules/alertmanager/ renders of the same list:
rules/alertmanager/routes.libsonnet tells the order of the routes, and files/slack.yaml has the message, which `tpl`
never sees: the braces in it are Alertmanager's own.
*/ -}}

{{- /* YAML: objects, a list of {namespace, routes (names, for people), spec}; missing, a list of sentences. */ -}}
{{- define "kubevigil.slack" -}}
{{- $root := . -}}
{{- $slack := .Values.slack -}}
{{- $home := include "kubevigil.namespace" . -}}
{{- $routes := (include "kubevigil.slackRoutes" . | fromYaml).routes -}}
{{- $objects := list -}}
{{- $missing := list -}}
{{- if and $slack.secret.name (eq $slack.mode "cluster") -}}
{{- $place := include "kubevigil.slackPlace" . | fromYaml -}}
{{- $whole := dict "root" $root "routes" $routes "ownersSecret" $slack.secret "rest" true -}}
{{- $missing = (include "kubevigil.slackLacking" (dict "root" $root "namespace" $place.namespace "of" (append $routes $slack)) | fromYaml).sentences -}}
{{- $objects = append $objects (include "kubevigil.slackObject" (merge $whole (dict "namespace" $place.namespace)) | fromYaml) -}}
{{- else if and $slack.secret.name (eq $slack.mode "perNamespace") -}}
{{- $namespaces := list $home -}}
{{- range $routes -}}
{{- if .ownSecret -}}
{{- range .namespaces -}}
{{- if not (regexMatch "[*?]" .) -}}{{- $namespaces = append $namespaces . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $namespace := uniq $namespaces -}}
{{- $own := list -}}
{{- range $route := $routes -}}
{{- if and $route.ownSecret (has $namespace $route.namespaces) -}}
{{- $lacking := (include "kubevigil.slackLacking" (dict "root" $root "namespace" $namespace "of" (list $route)) | fromYaml).sentences -}}
{{- $missing = concat $missing $lacking -}}
{{- if not $lacking -}}{{- $own = append $own $route -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $rest := false -}}
{{- if eq $namespace $home -}}
{{- $lacking := (include "kubevigil.slackLacking" (dict "root" $root "namespace" $namespace "of" (list $slack)) | fromYaml).sentences -}}
{{- $missing = concat $missing $lacking -}}
{{- $rest = empty $lacking -}}
{{- end -}}
{{- if or $own $rest -}}
{{- $ownersSecret := $rest | ternary $slack.secret (first (append $own $slack)).secret -}}
{{- $part := dict "root" $root "namespace" $namespace "routes" $own "ownersSecret" $ownersSecret "rest" $rest -}}
{{- $objects = append $objects (include "kubevigil.slackObject" $part | fromYaml) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "objects" $objects "missing" (uniq $missing) | toYaml -}}
{{- end -}}

{{- /*
YAML: one object. Takes a dict: root, namespace, routes (complete), ownersSecret (for owners' channels), rest (whether
what no route takes goes to the channel of all).
*/ -}}
{{- define "kubevigil.slackObject" -}}
{{- $root := .root -}}
{{- $slack := .root.Values.slack -}}
{{- $nobody := "kubevigil-null" -}}
{{- $receivers := list (dict "name" $nobody) -}}
{{- $ways := list -}}
{{- $shown := list -}}
{{- range (include "kubevigil.slackIgnored" $root | fromYaml).matchers -}}
{{- $ways = append $ways (dict "receiver" $nobody "matchers" (list .)) -}}
{{- end -}}
{{- $severities := include "kubevigil.oneOf" (list "severity" $slack.severities) | fromYaml -}}
{{- if $slack.ownerRouting -}}
{{- $owner := dict "channel" "{{ .GroupLabels.slack_channel }}" "mentions" list "sendResolved" $slack.sendResolved "secret" .ownersSecret -}}
{{- $receivers = append $receivers (include "kubevigil.slackReceiver" (list $root "kubevigil-owner" $owner) | fromYaml) -}}
{{- $annotated := dict "name" "slack_channel" "matchType" "!=" "value" "" -}}
{{- $ways = append $ways (dict "receiver" "kubevigil-owner" "matchers" (list $annotated $severities)) -}}
{{- $shown = append $shown "the owners' channels" -}}
{{- end -}}
{{- range .routes -}}
{{- $name := printf "kubevigil-route-%s" .name -}}
{{- $receivers = append $receivers (include "kubevigil.slackReceiver" (list $root $name .) | fromYaml) -}}
{{- $ways = append $ways (dict "receiver" $name "matchers" .parsed) -}}
{{- $shown = append $shown .name -}}
{{- end -}}
{{- if .rest -}}
{{- $receivers = append $receivers (include "kubevigil.slackReceiver" (list $root "kubevigil" $slack) | fromYaml) -}}
{{- $ways = append $ways (dict "receiver" "kubevigil" "matchers" (list $severities)) -}}
{{- $shown = append $shown "the rest" -}}
{{- end -}}
{{- $groupBy := list "namespace" "severity" -}}
{{- if $slack.ownerRouting -}}{{- $groupBy = append $groupBy "slack_channel" -}}{{- end -}}
{{- $route := pick $slack "groupWait" "groupInterval" "repeatInterval" -}}
{{- $route = merge $route (dict "receiver" $nobody "groupBy" $groupBy "routes" $ways) -}}
{{- $_ := set $route "matchers" (list (dict "name" "alertname" "matchType" "=~" "value" "Kubevigil.+")) -}}
{{- $inhibitions := (include "kubevigil.slackFile" $root | fromYaml).inhibitRules -}}
{{- $spec := dict "route" $route "receivers" $receivers "inhibitRules" $inhibitions -}}
{{- dict "namespace" .namespace "routes" $shown "spec" $spec | toYaml -}}
{{- end -}}

{{- define "kubevigil.slackFile" -}}
{{- .Files.Get "files/slack.yaml" -}}
{{- end -}}

{{- /* YAML: routes, with all keys, `ownSecret` (whether it has one) and `parsed` (its matchers). */ -}}
{{- define "kubevigil.slackRoutes" -}}
{{- $slack := .Values.slack -}}
{{- $routes := list -}}
{{- range $given := $slack.routes -}}
{{- $own := hasKey $given "secret" -}}
{{- /* Whom a route calls, and where a webhook of its own posts to, is its own affair. */ -}}
{{- $channel := and $own (eq $slack.tokenType "webhook") | ternary "" $slack.channel -}}
{{- $route := dict "namespaces" list "matchers" list "mentions" list "channel" $channel "ownSecret" $own -}}
{{- range $key := list "severities" "sendResolved" "secret" -}}
{{- $_ := set $route $key (get $slack $key) -}}
{{- end -}}
{{- /* Key by key: a merge would take what is empty or false for what is not given. */ -}}
{{- range $key, $value := $given -}}
{{- $_ := set $route $key $value -}}
{{- end -}}
{{- $_ := set $route "secret" (merge (deepCopy $route.secret) $slack.secret) -}}
{{- $matchers := (include "kubevigil.globs" (list "namespace" $route.namespaces) | fromYaml).matchers -}}
{{- $matchers = append $matchers (include "kubevigil.oneOf" (list "severity" $route.severities) | fromYaml) -}}
{{- range $route.matchers -}}
{{- $matchers = append $matchers (include "kubevigil.matcher" . | fromYaml) -}}
{{- end -}}
{{- $routes = append $routes (set $route "parsed" $matchers) -}}
{{- end -}}
{{- dict "routes" $routes | toYaml -}}
{{- end -}}

{{- /* YAML: matchers, one for each way to be ignored. */ -}}
{{- define "kubevigil.slackIgnored" -}}
{{- $ignore := .Values.slack.ignore -}}
{{- $matchers := (include "kubevigil.globs" (list "namespace" $ignore.namespaces) | fromYaml).matchers -}}
{{- $matchers = concat $matchers (include "kubevigil.globs" (list "container" $ignore.containers) | fromYaml).matchers -}}
{{- $known := (include "kubevigil.slackFile" . | fromYaml).alertsOfReasons -}}
{{- $silent := list -}}
{{- range $ignore.reasons -}}
{{- $silent = concat $silent (get $known . | default list) -}}
{{- end -}}
{{- with uniq $silent -}}
{{- $matchers = append $matchers (include "kubevigil.oneOf" (list "alertname" .) | fromYaml) -}}
{{- end -}}
{{- dict "matchers" $matchers | toYaml -}}
{{- end -}}

{{- /* YAML: a receiver. Takes a list: the root, its name, {channel, mentions, secret, sendResolved}. */ -}}
{{- define "kubevigil.slackReceiver" -}}
{{- $root := index . 0 -}}
{{- $slack := $root.Values.slack -}}
{{- $who := index . 2 -}}
{{- $config := include "kubevigil.slackMessage" $root | fromYaml -}}
{{- $_ := set $config "sendResolved" $who.sendResolved -}}
{{- $key := dict "name" $who.secret.name "key" $who.secret.key -}}
{{- if eq $slack.tokenType "bot" -}}
{{- $_ := set $config "apiURL" (dict "name" $who.secret.name "key" $who.secret.urlKey) -}}
{{- $_ := set $config "httpConfig" (dict "authorization" (dict "credentials" $key)) -}}
{{- else -}}
{{- $_ := set $config "apiURL" $key -}}
{{- end -}}
{{- with $who.channel -}}
{{- $_ := set $config "channel" . -}}
{{- end -}}
{{- $called := list -}}
{{- range $who.mentions -}}
{{- if hasPrefix "@" . -}}
{{- $called = append $called (printf "<!%s>" (trimPrefix "@" .)) -}}
{{- else -}}
{{- $called = append $called (hasPrefix "S" . | ternary (printf "<!subteam^%s>" .) (printf "<@%s>" .)) -}}
{{- end -}}
{{- end -}}
{{- with $called -}}
{{- $_ := set $config "pretext" (printf "{{ if eq .Status \"firing\" }}%s{{ end }}" (join " " .)) -}}
{{- end -}}
{{- if $slack.updateMessage -}}
{{- $_ := set $config "updateMessage" true -}}
{{- end -}}
{{- dict "name" (index . 1) "slackConfigs" (list $config) | toYaml -}}
{{- end -}}

{{- /* YAML: what all receivers say. A button without a base is left out. */ -}}
{{- define "kubevigil.slackMessage" -}}
{{- $file := include "kubevigil.slackFile" . | fromYaml -}}
{{- $message := $file.slackConfig -}}
{{- $bases := include "kubevigil.bases" . | fromYaml -}}
{{- $_ := set $bases "@ALERTMANAGER@" (trimSuffix "/" .Values.slack.externalUrl | default "{{ .ExternalURL }}") -}}
{{- if not .Values.rules.grafanaUrl -}}
{{- $_ := set $message "titleLink" $file.alertsLink -}}
{{- end -}}
{{- range $field, $text := $message -}}
{{- if kindIs "string" $text -}}
{{- $_ := set $message $field (include "kubevigil.placed" (list $bases $text)) -}}
{{- end -}}
{{- end -}}
{{- $buttons := list -}}
{{- range $button := $message.actions -}}
{{- with (include "kubevigil.annotations" (list $bases (dict "url" $button.url)) | fromYaml).url -}}
{{- $buttons = append $buttons (set $button "url" .) -}}
{{- end -}}
{{- end -}}
{{- set $message "actions" $buttons | toYaml -}}
{{- end -}}

{{- /* Fails where `slack` asks for what Slack or the rules cannot do, with all of it. */ -}}
{{- define "kubevigil.checkedSlack" -}}
{{- $slack := .Values.slack -}}
{{- $bot := eq $slack.tokenType "bot" -}}
{{- $faults := list -}}
{{- if and $slack.ownerRouting (not $bot) -}}
{{- $faults = append $faults "slack.ownerRouting needs slack.tokenType bot: a webhook posts to its own channel only" -}}
{{- end -}}
{{- if and $slack.updateMessage (not $bot) -}}
{{- $faults = append $faults "slack.updateMessage needs slack.tokenType bot: a webhook cannot edit its messages" -}}
{{- end -}}
{{- if and $bot $slack.secret.name (not $slack.channel) -}}
{{- $faults = append $faults "slack.channel is not set: a bot must be told where to post" -}}
{{- end -}}
{{- $names := list -}}
{{- range $slack.routes -}}
{{- if has .name $names -}}
{{- $faults = append $faults (printf "slack.routes has two routes of the name %s" .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- if and (not $bot) (ne (.channel | default $slack.channel) $slack.channel) (not (hasKey . "secret")) -}}
{{- $faults = append $faults (printf "slack.routes: the channel of %s needs slack.tokenType bot, or a secret of the route: a webhook posts to its own channel only" .name) -}}
{{- end -}}
{{- end -}}
{{- with $slack.ignore.reasons -}}
{{- $known := keys (include "kubevigil.slackFile" $ | fromYaml).alertsOfReasons | sortAlpha -}}
{{- range . -}}
{{- if not (has . $known) -}}
{{- $faults = append $faults (printf "slack.ignore.reasons: no alert tells of the reason %q; there are: %s" . (join ", " $known)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $faults -}}
{{- fail (join "\n" $faults) -}}
{{- end -}}
{{- end -}}
