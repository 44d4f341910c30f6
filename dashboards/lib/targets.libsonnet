// Queries. A panel names them A, B, C in their order.
{
  // Over the time shown. legend: such as '{{pod}}'.
  range(expr, legend):: { expr: expr, legendFormat: legend, range: true, instant: false },

  // At the end of the time shown, one value a series.
  instant(expr, legend='__auto'):: { expr: expr, legendFormat: legend, range: false, instant: true },

  // At the end of the time shown, a row a series and a column a label.
  table(expr):: { expr: expr, legendFormat: '', range: false, instant: true, format: 'table' },
}
