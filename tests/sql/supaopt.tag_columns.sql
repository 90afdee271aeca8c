-- supaopt.tag_columns
begin;
select no_plan();

select has_function('supaopt', 'tag_columns', array['text[]']);
select function_returns('supaopt', 'tag_columns', array['text[]'], 'text[]');
select volatility_is('supaopt', 'tag_columns', array['text[]'], 'immutable');
select isnt_definer('supaopt', 'tag_columns', array['text[]']);
select function_privs_are('supaopt', 'tag_columns', array['text[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'tag_columns', array['text[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'tag_columns', array['text[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'tag_columns', array['text[]'], 'supabase_auth_admin', array[]::text[]);

select is(
    supaopt.tag_columns('{"a:{x}:{y}",b}'), array['x', 'y'], 'the columns that templates name'
);

select finish();
rollback;
