/**
 * A SQL expression for the start of the next day in a time zone: the first moment there with the date after that of `moment`.
 * Both parameters are SQL expressions.
 *
 * Where clocks go back across midnight, midnight occurs twice, and PostgreSQL takes the later one (`usual`). This is wrong,
 * unless the clocks go back at midnight itself, to the day before. So the midnight by the offset of half a day before
 * (`earlier`) is taken if it already has the new date. Where clocks skip midnight, the day begins at the moment they go
 * forward. A skipped day has no start.
 */
export const nextDayAt = (moment: string, zone: string): string => `(
  select case when (earlier at time zone ${zone}) >= midnight then least(earlier, usual) else usual end
  from (
    select *, usual - interval '12 hours' + (midnight - ((usual - interval '12 hours') at time zone ${zone})) as earlier
    from (
      select *, midnight at time zone ${zone} as usual
      from (select date_trunc('day', ${moment} at time zone ${zone}) + interval '1 day' as midnight offset 0) as local_time
      offset 0
    ) as by_usual_clock
    offset 0
  ) as by_both_clocks
)`
