import static org.codelibs.elasticsearch.runner.ElasticsearchClusterRunner.newConfigs;

import org.codelibs.elasticsearch.runner.ElasticsearchClusterRunner;

/** One node of Elasticsearch: Engine HOME HTTP_HOST HTTP_PORT. It ends with its process. */
class Engine {
  public static void main(String[] arguments) throws Exception {
    var runner = new ElasticsearchClusterRunner();
    runner.onBuild((number, settings) -> {
      // The transport on loopback: a node that others could join refuses to start without a server's limits.
      settings.put("network.host", "127.0.0.1");
      settings.put("transport.port", "0");
      settings.put("http.host", arguments[1]);
      settings.put("http.port", arguments[2]);
      settings.put("node.store.allow_mmap", false); // the kernel's limit of maps is not ours to raise
      settings.put("cluster.routing.allocation.disk.threshold_enabled", false); // nor is the host's disk ours
    });
    runner.build(newConfigs().clusterName("testbed").numOfNode(1).basePath(arguments[0]).useLogger());
    Thread.currentThread().join();
  }
}
