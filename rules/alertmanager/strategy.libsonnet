// Whether one AlertmanagerConfig can route the alerts of all namespaces, by the Alertmanager object's
// spec.alertmanagerConfigMatcherStrategy.type: '' if it may, else why not and what to do.
//
// The operator adds namespace="<the AlertmanagerConfig's>" to routes and inhibitions: always under OnNamespace, its
// default; never under None; only outside of the Alertmanager's namespace under the third.
{
  refusal(strategy, inAlertmanagersNamespace)::
    local fix = 'Set alertmanager.alertmanagerSpec.alertmanagerConfigMatcherStrategy.type=None in ' +
                "kube-prometheus-stack's values, or slack.mode=perNamespace here.";
    local third = 'OnNamespaceExceptForAlertmanagerNamespace';
    if strategy == 'None' || (strategy == third && inAlertmanagersNamespace) then ''
    else if strategy == third then
      'Under the matcher strategy %s the AlertmanagerConfig must be in the namespace of the Alertmanager: ' % third +
      'set slack.alertmanagerNamespace.'
    else if strategy == 'OnNamespace' then
      'Under the matcher strategy OnNamespace, the default, one AlertmanagerConfig gets the alerts of its own ' +
      'namespace only. ' + fix
    else if strategy == '' then
      'Mode cluster needs to know the matcher strategy of the Alertmanager: set slack.matcherStrategy. ' +
      'kubectl get alertmanagers -A -o yaml shows it as alertmanagerConfigMatcherStrategy; ' +
      'nothing there means OnNamespace.'
    else 'slack.matcherStrategy is %s; there are OnNamespace, %s and None.' % [strategy, third],
}
